import { describeConversions } from '../support/contract/conversionsContract';
import { contractOnDelta } from './contractOnDelta';

contractOnDelta(describeConversions, {
  schema: 'conversions_contract',
  // The paths of a person and chaos prove a part of it each time.
  always: [],
});
