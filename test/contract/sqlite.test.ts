import { describeConversions } from '../support/contract/conversionsContract';
import { sqliteSubject } from '../support/contract/sqliteSubject';
import { describeFlowStore } from '../support/contract/storeContract';

describeFlowStore('SQLite', sqliteSubject);
describeConversions('SQLite', sqliteSubject);
