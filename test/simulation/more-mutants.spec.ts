import { describe } from 'vitest';
import { itFindsMutants } from './mutants/find.ts';

// In a file of its own, so that it runs beside the first half.
describe('the simulation also finds it when', () => itFindsMutants(1));
