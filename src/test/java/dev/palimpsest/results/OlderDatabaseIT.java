package dev.palimpsest.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.WebTest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// A database with finished jobs is migrated to the version that keeps predictions.
@WebTest
class OlderDatabaseIT {

    private static final String SCHEMA = "older";

    @Autowired
    ScriptedRuns.Submitter submitter;

    @Autowired
    DataSource database;

    @Autowired
    Flyway current;

    @Autowired
    JdbcClient sql;

    @Autowired
    PredictionStore store;

    @Autowired
    PlatformTransactionManager transactions;

    @AfterEach
    void drop() {
        sql.sql("drop schema if exists older cascade").update();
    }

    private FluentConfiguration older() {
        return Flyway.configure()
                .dataSource(database)
                .locations(current.getConfiguration().getLocations())
                .schemas(SCHEMA);
    }

    private UUID finished() throws InterruptedException {
        UUID job = submitter.submit(Script.G1, "cpu", Ids.next(), 0);
        Instant end = Instant.now().plus(Duration.ofMinutes(2));
        while (sql.sql("select count(*) from jobs where id = :job and state = 'SUCCEEDED'")
                        .param("job", job)
                        .query(Integer.class)
                        .single()
                == 0) {
            assertThat(Instant.now()).isBefore(end);
            Thread.sleep(50);
        }
        return job;
    }

    /// Copies the columns that the older table has.
    private void copy(String table, String condition) {
        String columns = sql.sql("""
                        select string_agg(quote_ident(column_name), ', ')
                          from information_schema.columns
                         where table_schema = :schema and table_name = :table""")
                .param("schema", SCHEMA)
                .param("table", table)
                .query(String.class)
                .single();
        sql.sql("insert into %s.%s (%s) select %s from %s where %s"
                        .formatted(SCHEMA, table, columns, columns, table, condition))
                .update();
    }

    @Test
    void finishedJobsKeepTheirCountsAndHaveNoPredictions() throws InterruptedException {
        UUID job = finished();
        older().target("7").load().migrate();
        copy("jobs", "id = '%s'".formatted(job));
        copy("accuracy_rows", "job_id = '%s'".formatted(job));

        older().load().migrate();

        List<PredictionStore.Measured> rows = new TransactionTemplate(transactions).execute(_ -> {
            sql.sql("set local search_path to older").update();
            return store.rows(job, EvaluationData.TEST);
        });
        assertThat(rows)
                .isEqualTo(IntStream.rangeClosed(1, 5)
                        .mapToObj(k -> new PredictionStore.Measured(k, Stage.FINAL, false))
                        .toList());
        assertThat(sql.sql("select count(*) from older.predictions")
                        .query(Integer.class)
                        .single())
                .isZero();
    }
}
