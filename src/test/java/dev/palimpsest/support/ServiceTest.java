package dev.palimpsest.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;

/// The whole service on a real PostgreSQL and a free port. Tests that say nothing more share one context,
/// which takes seconds to start.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "palimpsest.home=target/test-home",
            "palimpsest.limits.upload-size=1MB",
            "palimpsest.worker.polling-interval=200ms",
            "db-scheduler.polling-interval=200ms"
        })
@Import(DatabaseTestConfiguration.class)
@Tag("postgres")
public @interface ServiceTest {}
