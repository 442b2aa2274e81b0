package dev.palimpsest.support;

import dev.palimpsest.runs.ScriptedRuns;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.context.annotation.Import;

/// The whole service with scripted runs beside real ones; tests that say nothing more share one context.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "palimpsest.home=target/test-web-home",
            "palimpsest.storage.min-free=0B",
            "palimpsest.worker.polling-interval=100ms",
            "palimpsest.worker.pools[0].name=cpu",
            "palimpsest.worker.pools[0].slots=2"
        })
@AutoConfigureMockMvc
@Import({DatabaseTestConfiguration.class, ScriptedRuns.class})
@Tag("web")
public @interface WebTest {}
