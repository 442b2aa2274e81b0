package dev.palimpsest.access;

import java.security.Principal;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.test.context.TestComponent;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// Only the doors of the service: every path answers with the name of the caller. No part of it is found by
/// the service's own scan.
@EnableConfigurationProperties(AccessSettings.class)
@ImportAutoConfiguration({
    JacksonAutoConfiguration.class,
    DispatcherServletAutoConfiguration.class,
    WebMvcAutoConfiguration.class,
    SecurityAutoConfiguration.class,
    ServletWebSecurityAutoConfiguration.class,
    SecurityFilterAutoConfiguration.class
})
@Import({SecurityConfiguration.class, Doors.Rooms.class})
class Doors {

    @TestComponent
    @RestController
    static class Rooms {

        @GetMapping({"/api/v1/jobs", "/actuator/prometheus"})
        String read(Principal caller) {
            return caller.getName();
        }

        @PostMapping({"/api/v1/experiments", "/api/v1/backbones"})
        String write(Principal caller) {
            return caller.getName();
        }

        @GetMapping({"/page", "/actuator/health", "/actuator/info"})
        String page() {
            return "open";
        }
    }
}
