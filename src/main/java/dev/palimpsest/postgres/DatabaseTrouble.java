package dev.palimpsest.postgres;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.CannotCreateTransactionException;

/// What a failed statement says of the database as a whole: it was not the statement's fault, and the same
/// statement may do well later.
public enum DatabaseTrouble {
    /// It cannot be reached, is starting or stopping, or has no connection to give.
    AWAY("The database does not answer."),
    /// It has no room to write.
    FULL("The disk of the database is full.");

    private static final int DEEPEST = 20;
    private static final String BROKEN = "Connection is closed";

    private final String sentence;

    DatabaseTrouble(String sentence) {
        this.sentence = sentence;
    }

    /// Empty if the failure is about what was asked, or no failure of the database at all.
    public static Optional<DatabaseTrouble> of(Throwable failure) {
        Throwable cause = failure;
        boolean away = false;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof SQLException refused) {
                DatabaseTrouble told = told(refused);
                if (told != null) {
                    return Optional.of(told);
                }
            }
            away |= cause instanceof CannotCreateTransactionException
                    || cause instanceof DataAccessResourceFailureException;
            cause = cause.getCause();
        }
        return away ? Optional.of(AWAY) : Optional.empty();
    }

    /// By the class of the SQLSTATE: 08 connection, 57P shutting down or starting, 53 no resources, a server
    /// that has become a read-only one, and a session that slept inside its transaction. The connection pool
    /// has no code for a connection that broke in the middle of a transaction and cannot even be rolled back.
    private static @Nullable DatabaseTrouble told(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        if (state.equals("53100") || String.valueOf(failure.getMessage()).contains("No space left on device")) {
            return FULL;
        }
        boolean away = state.startsWith("08")
                || state.startsWith("57P")
                || state.startsWith("53")
                || state.equals("25006")
                || state.equals("25P03")
                || (failure.getSQLState() == null && BROKEN.equals(failure.getMessage()))
                || failure instanceof SQLTransientConnectionException
                || failure instanceof SQLNonTransientConnectionException
                || failure instanceof SQLRecoverableException;
        return away ? AWAY : null;
    }

    /// For a person.
    public String sentence() {
        return sentence;
    }
}
