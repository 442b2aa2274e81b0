package dev.palimpsest.access;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpMethod;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/// Which role a request needs. The pages, the API's description and health are for everybody.
final class AccessRules {

    private record Rule(RequestMatcher request, Optional<Role> role) {}

    private static final List<Rule> RULES = List.of(
            rule(HttpMethod.GET, "/api/v1/**", Role.READ),
            rule(HttpMethod.HEAD, "/api/v1/**", Role.READ),
            rule(HttpMethod.POST, "/api/v1/backbones", Role.ADMIN),
            new Rule(path("/api/v1/**"), Optional.of(Role.SUBMIT)),
            new Rule(path("/actuator/health/**"), Optional.empty()),
            new Rule(path("/actuator/info"), Optional.empty()),
            new Rule(path("/actuator/**"), Optional.of(Role.READ)));

    private AccessRules() {}

    /// The first rule that fits; empty if anybody may come.
    static Optional<Role> needed(HttpServletRequest request) {
        return RULES.stream()
                .filter(rule -> rule.request().matches(request))
                .findFirst()
                .flatMap(Rule::role);
    }

    private static Rule rule(HttpMethod method, String pattern, Role role) {
        return new Rule(PathPatternRequestMatcher.withDefaults().matcher(method, pattern), Optional.of(role));
    }

    private static RequestMatcher path(String pattern) {
        return PathPatternRequestMatcher.withDefaults().matcher(pattern);
    }
}
