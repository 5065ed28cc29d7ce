import { it } from 'vitest';

it.todo('broken-router');
