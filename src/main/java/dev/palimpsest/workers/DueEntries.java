package dev.palimpsest.workers;

import com.github.kagkarlsson.scheduler.jdbc.JdbcCustomization;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;

/// How every scheduler of the service takes due entries: it selects as many as it has free threads, `for
/// update skip locked`, and marks them in the same transaction.
///
/// The library's default is one `update ... in (select ... limit n)`. There PostgreSQL may run the sub-select
/// once for each row, and does so while its statistics say that the table is all but empty: then one worker
/// takes everything that is due.
final class DueEntries {

    private DueEntries() {}

    static JdbcCustomization selectedFirst() {
        boolean selectThenMark = true;
        boolean columnsWithoutZone = false;
        return new PostgreSqlJdbcCustomization(selectThenMark, columnsWithoutZone);
    }
}
