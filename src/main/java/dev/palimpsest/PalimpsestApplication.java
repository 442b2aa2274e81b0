package dev.palimpsest;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/// The service: API, queue and workers in one process; roles are settings.
@SpringBootApplication
@ConfigurationPropertiesScan
public class PalimpsestApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(PalimpsestApplication.class, arguments);
    }
}
