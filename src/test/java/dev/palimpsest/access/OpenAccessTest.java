package dev.palimpsest.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.Filter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;

/// Where anybody may come in, and where the service does not start because anybody could.
@ExtendWith(OutputCaptureExtension.class)
class OpenAccessTest {

    private final WebApplicationContextRunner doors =
            new WebApplicationContextRunner().withUserConfiguration(Doors.class);

    @Test
    void onTheLoopbackEverybodyIsLocal() {
        doors.withPropertyValues("server.address=127.0.0.1").run(context -> {
            MockMvc http = MockMvcBuilders.webAppContextSetup(context)
                    .addFilters(context.getBean("springSecurityFilterChain", Filter.class))
                    .build();
            var answer = http.perform(MockMvcRequestBuilders.post("/api/v1/backbones"))
                    .andReturn()
                    .getResponse();

            assertThat(answer.getStatus()).isEqualTo(200);
            assertThat(answer.getContentAsString()).isEqualTo("local");
        });
    }

    @Test
    void anOutsideAddressNeedsAKeyAnIssuerOrTheWordOpen() {
        for (String address : List.of("server.address=0.0.0.0", "server.address=", "server.address=192.0.2.1")) {
            doors.withPropertyValues(address)
                    .run(context -> assertThat(context).getFailure().hasRootCauseInstanceOf(ExposedException.class));
        }
        doors.withPropertyValues("server.address=0.0.0.0", "palimpsest.access.open=true")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void theRefusalIsOneSentence(CapturedOutput output) {
        var application = new SpringApplicationBuilder(SecurityConfiguration.class, AccessSettingsOnly.class)
                .web(WebApplicationType.NONE);

        assertThatThrownBy(() -> application.run("--server.address=0.0.0.0"))
                .hasRootCauseInstanceOf(ExposedException.class);
        assertThat(output)
                .contains(
                        "The service does not start on 0.0.0.0 while anybody could use it: set palimpsest.access.api-keys")
                .doesNotContain("\tat ");
    }

    @Test
    void keysAndDefaults() {
        AccessSettings defaults = bind(Map.of());
        AccessSettings set = bind(Map.of(
                "api-keys[0].id", "8f3kq2xz",
                "api-keys[0].role", "submit",
                "api-keys[0].sha256", "0".repeat(64),
                "issuer", "https://issuer.example",
                "audience", "palimpsest",
                "open", "true"));

        assertThat(defaults).isEqualTo(new AccessSettings(List.of(), null, null, false));
        assertThat(set)
                .isEqualTo(new AccessSettings(
                        List.of(new AccessSettings.ApiKey("8f3kq2xz", Role.SUBMIT, "0".repeat(64))),
                        "https://issuer.example",
                        "palimpsest",
                        true));
    }

    @Test
    void wrongSettingsAreRefused() {
        assertThatThrownBy(() -> new AccessSettings.ApiKey("short", Role.READ, "0".repeat(64)))
                .hasMessage("id of an API key must be 8 of a-z and 0-9, got 'short'");
        assertThatThrownBy(() -> new AccessSettings.ApiKey("8f3kq2xz", Role.READ, "abc"))
                .hasMessage("sha256 of API key 8f3kq2xz must be 64 of 0-9 and a-f");
        assertThatThrownBy(() -> new AccessSettings(List.of(), "https://issuer.example", null, false))
                .hasMessage("palimpsest.access.audience must be set, because issuer is https://issuer.example");
    }

    private static AccessSettings bind(Map<String, String> properties) {
        var source = new MapConfigurationPropertySource();
        properties.forEach((key, value) -> source.put("palimpsest.access." + key, value));
        return new Binder(source).bindOrCreate("palimpsest.access", AccessSettings.class);
    }

    @EnableConfigurationProperties(AccessSettings.class)
    static class AccessSettingsOnly {}
}
