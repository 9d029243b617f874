/**
 * The contracts that spaces, strategies, predictors and analytic devices keep, as checks to run on your own.
 *
 * ```
 * import { checkSpace } from 'tempograph/testing';
 * import { mySpace } from './my-space.js';
 *
 * test('my space keeps the contract', () => checkSpace(mySpace));
 * ```
 *
 * @module tempograph/testing
 */
export { checkDevice } from './check-device.js';
export { additiveDevice, checkPredictor } from './check-predictor.js';
export { checkSpace, type SpaceCheckOptions } from './check-space.js';
export { checkStrategy, madeUpAccuracy } from './check-strategy.js';
