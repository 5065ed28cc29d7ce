import { it } from 'vitest';

it.todo('moves');
