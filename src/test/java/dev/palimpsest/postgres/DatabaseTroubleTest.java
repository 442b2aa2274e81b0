package dev.palimpsest.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.transaction.CannotCreateTransactionException;

/// What is the database's trouble and what is the statement's own, by PostgreSQL's codes (its appendix A).
class DatabaseTroubleTest {

    @Test
    void aFullDiskIsRecognisedThroughWhateverWrapsIt() {
        var refused = new SQLException("could not extend file \"base/5/16397\"", "53100");

        assertThat(DatabaseTrouble.of(new IllegalStateException("flush", new RuntimeException(refused))))
                .contains(DatabaseTrouble.FULL);
        assertThat(DatabaseTrouble.of(
                        new SQLException("could not write to file \"pg_wal/x\": No space left on device", "58030")))
                .contains(DatabaseTrouble.FULL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"08001", "08006", "57P01", "57P02", "57P03", "53200", "53300", "25006", "25P03"})
    void aServerThatIsAwayIsRecognised(String state) {
        assertThat(DatabaseTrouble.of(new RuntimeException(new SQLException("by the test", state))))
                .contains(DatabaseTrouble.AWAY);
    }

    @Test
    void noConnectionToBeHadMeansAway() {
        assertThat(DatabaseTrouble.of(new CannotCreateTransactionException(
                        "no", new SQLTransientConnectionException("request timed out after 5000ms"))))
                .contains(DatabaseTrouble.AWAY);
    }

    @Test
    void aConnectionThatCannotBeRolledBackIsBroken() {
        var hikari = new SQLException("Connection is closed");

        assertThat(DatabaseTrouble.of(new RuntimeException("Unable to rollback against JDBC Connection", hikari)))
                .contains(DatabaseTrouble.AWAY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "40001", "57014", "42P01", "22021"})
    void whatIsWrongWithTheStatementIsNoTrouble(String state) {
        assertThat(DatabaseTrouble.of(new RuntimeException(new SQLException("by the test", state))))
                .isEmpty();
        assertThat(DatabaseTrouble.of(new IllegalStateException("by the test"))).isEmpty();
    }
}
