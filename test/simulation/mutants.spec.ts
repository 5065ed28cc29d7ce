import { describe } from 'vitest';
import { itFindsMutants } from './mutants/find.ts';

describe('the simulation finds it when', () => itFindsMutants(0));
