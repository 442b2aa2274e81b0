package dev.palimpsest.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.ShallowEtagHeaderFilter;

/// An ETag over the bytes of each JSON answer, which makes polling cheap. Files have their own, and a stream
/// must not be held back until it is whole.
@Component
@Order(1)
class JsonEtagFilter extends ShallowEtagHeaderFilter {

    private static final Pattern STREAMED = Pattern.compile(
            "/api/v1/(jobs/[^/]+/events|checkpoints/[^/]+/(files/.*|content)|datasets/[^/]+/images/.*)");

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        String path = Wire.path(request);
        return !HttpMethod.GET.matches(request.getMethod())
                || !path.startsWith("/api/v1/")
                || STREAMED.matcher(path).matches();
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        response.setHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache");
        super.doFilterInternal(request, response, chain);
    }
}
