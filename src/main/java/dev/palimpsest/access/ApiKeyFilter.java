package dev.palimpsest.access;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.web.filter.OncePerRequestFilter;

/// Knows callers by their key. The name of such a caller, which is the owner of what it makes, is `key:<id>`.
///
/// Where access is open, a caller without a key or a token is `local` and has all roles.
final class ApiKeyFilter extends OncePerRequestFilter {

    static final String HEADER = "X-API-Key";

    private static final Pattern KEY = Pattern.compile("plm_([a-z0-9]{8})_(.{1,128})");
    private static final byte[] NO_DIGEST = new byte[32];

    private final List<AccessSettings.ApiKey> keys;
    private final boolean open;
    private final AuthenticationEntryPoint refusal;

    ApiKeyFilter(List<AccessSettings.ApiKey> keys, boolean open, AuthenticationEntryPoint refusal) {
        this.keys = keys;
        this.open = open;
        this.refusal = refusal;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String text = request.getHeader(HEADER);
        if (text != null) {
            Optional<AccessSettings.ApiKey> key = find(text);
            if (key.isEmpty()) {
                refusal.commence(request, response, new BadCredentialsException("The key is not valid."));
                return;
            }
            enter("key:" + key.get().id(), key.get().role());
        } else if (open && request.getHeader(HttpHeaders.AUTHORIZATION) == null) {
            enter("local", Role.ADMIN);
        }
        chain.doFilter(request, response);
    }

    private static void enter(String name, Role role) {
        Authentication caller = UsernamePasswordAuthenticationToken.authenticated(name, null, role.authorities());
        SecurityContext context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(caller);
        SecurityContextHolder.setContext(context);
    }

    /// An unknown id costs as much time as a wrong secret.
    private Optional<AccessSettings.ApiKey> find(String text) {
        Matcher parts = KEY.matcher(text);
        String id = parts.matches() ? parts.group(1) : "";
        String secret = parts.matches() ? parts.group(2) : "";
        Optional<AccessSettings.ApiKey> named =
                keys.stream().filter(key -> key.id().equals(id)).findFirst();
        byte[] expected =
                named.map(key -> HexFormat.of().parseHex(key.sha256())).orElse(NO_DIGEST);
        return MessageDigest.isEqual(expected, sha256(secret)) ? named : Optional.empty();
    }

    private static byte[] sha256(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
