import { it } from 'vitest';

it.todo('evictions');
