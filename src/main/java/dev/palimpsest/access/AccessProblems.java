package dev.palimpsest.access;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import tools.jackson.databind.json.JsonMapper;

/// Refuses callers in the form of all other problems; says nothing about which part of a key was wrong.
final class AccessProblems implements AuthenticationEntryPoint, AccessDeniedHandler {

    private final JsonMapper json;
    private final boolean trustsIssuer;

    AccessProblems(JsonMapper json, boolean trustsIssuer) {
        this.json = json;
        this.trustsIssuer = trustsIssuer;
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException cause)
            throws IOException {
        response.addHeader(HttpHeaders.WWW_AUTHENTICATE, "ApiKey realm=\"palimpsest\"");
        if (trustsIssuer) {
            response.addHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"palimpsest\"");
        }
        String wanted = trustsIssuer ? "a valid key in X-API-Key or a bearer token" : "a valid key in X-API-Key";
        write(request, response, HttpStatus.UNAUTHORIZED, "not_authenticated", "Send " + wanted + ".");
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException cause)
            throws IOException {
        String detail = AccessRules.needed(request)
                .map(role -> "This needs the role " + role.name().toLowerCase(Locale.ROOT) + ".")
                .orElse("This is not allowed.");
        write(request, response, HttpStatus.FORBIDDEN, "not_allowed", detail);
    }

    private void write(
            HttpServletRequest request, HttpServletResponse response, HttpStatus status, String code, String detail)
            throws IOException {
        var problem = new LinkedHashMap<String, @Nullable Object>();
        problem.put("type", "urn:palimpsest:problem:" + code);
        problem.put("title", status == HttpStatus.UNAUTHORIZED ? "The caller is not known" : "The role is missing");
        problem.put("status", status.value());
        problem.put("code", code);
        problem.put("param", null);
        problem.put("detail", detail);
        problem.put("errors", List.of());
        problem.put("instance", request.getRequestURI());
        problem.put("request_id", response.getHeader("X-Request-Id"));
        response.setStatus(status.value());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.getOutputStream().write(json.writeValueAsBytes(problem));
    }
}
