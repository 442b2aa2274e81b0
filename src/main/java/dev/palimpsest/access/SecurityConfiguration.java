package dev.palimpsest.access;

import jakarta.servlet.DispatcherType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.SupplierJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationConverter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.util.StringUtils;
import tools.jackson.databind.json.JsonMapper;

/// Keys, tokens and roles. On the loopback with nothing set everybody is `local`; on any other address the
/// service does not start before somebody has said who may come in.
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

    private final AccessSettings settings;
    private final boolean open;

    SecurityConfiguration(AccessSettings settings, @Value("${server.address:}") String address) {
        this.settings = settings;
        if (settings.unset() && !settings.open() && !loopback(address)) {
            throw new ExposedException(StringUtils.hasText(address) ? address : "all addresses");
        }
        this.open = settings.open() || settings.unset();
    }

    @Bean
    SecurityFilterChain access(HttpSecurity http, JsonMapper json) {
        var problems = new AccessProblems(json, settings.trustsIssuer());
        http.csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .headers(headers -> headers.cacheControl(HeadersConfigurer.CacheControlConfig::disable))
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .exceptionHandling(
                        refusals -> refusals.authenticationEntryPoint(problems).accessDeniedHandler(problems))
                .addFilterBefore(new ApiKeyFilter(settings.apiKeys(), open, problems), BasicAuthenticationFilter.class)
                .authorizeHttpRequests(requests -> requests
                        // the request itself was let in before
                        .dispatcherTypeMatchers(DispatcherType.ASYNC, DispatcherType.ERROR)
                        .permitAll()
                        .anyRequest()
                        .access((caller, request) -> new AuthorizationDecision(AccessRules.needed(request.getRequest())
                                .map(role -> has(caller.get(), role))
                                .orElse(true))));
        if (settings.trustsIssuer()) {
            http.oauth2ResourceServer(tokens -> tokens.authenticationEntryPoint(problems)
                    .accessDeniedHandler(problems)
                    .jwt(jwt -> jwt.decoder(decoder()).jwtAuthenticationConverter(converter())));
        }
        return http.build();
    }

    private static boolean has(Authentication caller, Role role) {
        return caller.getAuthorities().stream()
                .anyMatch(authority -> role.authority().equals(authority.getAuthority()));
    }

    private static boolean loopback(String address) {
        try {
            return StringUtils.hasText(address)
                    && InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false; // the web server will say so
        }
    }

    /// Asks the issuer for its keys when the first token comes, so that a start does not depend on it.
    private JwtDecoder decoder() {
        String issuer = String.valueOf(settings.issuer());
        String audience = String.valueOf(settings.audience());
        return new SupplierJwtDecoder(() -> {
            NimbusJwtDecoder decoder = JwtDecoders.fromIssuerLocation(issuer);
            decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(
                    JwtValidators.createDefaultWithIssuer(issuer),
                    new JwtClaimValidator<Collection<String>>(
                            JwtClaimNames.AUD, claim -> claim != null && claim.contains(audience))));
            return decoder;
        });
    }

    private static JwtAuthenticationConverter converter() {
        var converter = new JwtAuthenticationConverter();
        converter.setJwtGrantedAuthoritiesConverter(SecurityConfiguration::authorities);
        return converter;
    }

    /// The highest role that a scope of the token names, with the ones it includes.
    private static Collection<GrantedAuthority> authorities(Jwt token) {
        String scope = token.getClaimAsString("scope");
        List<String> scopes = scope == null ? List.of() : List.of(scope.split(" "));
        return Arrays.stream(Role.values())
                .filter(role -> scopes.contains(role.scope()))
                .max(Comparator.naturalOrder())
                .map(Role::authorities)
                .orElse(List.of());
    }
}
