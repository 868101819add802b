import { describeFlowStore } from '../support/contract/storeContract';
import { contractOnDelta } from './contractOnDelta';

contractOnDelta(describeFlowStore, {
  schema: 'store_contract',
  // What another engine may well do otherwise: types and texts, conditional writes, conflicts, lost answers, visibility.
  always: [
    'registers flows once, and keeps the id and history of a path that it knows',
    'carries any text through unchanged',
    'gives a first claim its number, id and time, and says who stands in the way of the next',
    'knows no claim of a flow that is not registered, and claims the others',
  ],
});
