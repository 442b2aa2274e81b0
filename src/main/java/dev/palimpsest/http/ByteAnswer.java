package dev.palimpsest.http;

import dev.palimpsest.settings.RequestRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.http.CacheControl;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRange;
import org.springframework.http.MediaType;
import org.springframework.web.context.request.ServletWebRequest;

/// Bytes that never change, with all that HTTP has for them: validators, one range a request, no body for
/// `HEAD`.
///
/// Written by hand because the framework ignores `If-Range`, answers several ranges in parts and an
/// impossible one with the whole file.
///
/// @param etag without quotes
/// @param ranges whether a part may be asked for
public record ByteAnswer(String fileName, MediaType type, long length, String etag, boolean ranges) {

    /// Opens the bytes; asked only if they are to be sent.
    @FunctionalInterface
    public interface Source {
        void writeTo(OutputStream out, long from, long count) throws IOException;
    }

    /// Skips and copies a part of a stream.
    public static void copy(InputStream in, OutputStream out, long from, long count) throws IOException {
        in.skipNBytes(from);
        var buffer = new byte[1 << 16];
        long left = count;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new IOException("the file ends " + left + " bytes early");
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    public void send(HttpServletRequest request, HttpServletResponse response, Source source) throws IOException {
        String quoted = "\"" + etag + "\"";
        response.setHeader(
                HttpHeaders.CACHE_CONTROL,
                CacheControl.maxAge(Duration.ofDays(365))
                        .cachePrivate()
                        .immutable()
                        .getHeaderValue());
        if (new ServletWebRequest(request, response).checkNotModified(quoted)) {
            return;
        }
        response.setHeader(HttpHeaders.ACCEPT_RANGES, ranges ? "bytes" : "none");
        Part part = wanted(request, quoted).map(range -> part(range, response)).orElse(new Part(0, length, false));
        if (part.partial()) {
            response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
            response.setHeader(
                    HttpHeaders.CONTENT_RANGE,
                    "bytes %d-%d/%d".formatted(part.from(), part.from() + part.count() - 1, length));
        }
        response.setContentType(type.toString());
        response.setContentLengthLong(part.count());
        response.setHeader(
                HttpHeaders.CONTENT_DISPOSITION,
                ContentDisposition.attachment().filename(fileName).build().toString());
        if (HttpMethod.HEAD.matches(request.getMethod())) {
            return;
        }
        source.writeTo(response.getOutputStream(), part.from(), part.count());
    }

    private record Part(long from, long count, boolean partial) {}

    /// One range, if its condition holds; everything else means the whole file.
    private Optional<HttpRange> wanted(HttpServletRequest request, String quoted) {
        String header = request.getHeader(HttpHeaders.RANGE);
        String condition = request.getHeader(HttpHeaders.IF_RANGE);
        if (!ranges || header == null || (condition != null && !condition.equals(quoted))) {
            return Optional.empty();
        }
        try {
            List<HttpRange> parsed = HttpRange.parseRanges(header);
            return parsed.size() == 1 ? Optional.of(parsed.getFirst()) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a header that is not understood is to be ignored
        }
    }

    private Part part(HttpRange range, HttpServletResponse response) {
        try {
            long from = range.getRangeStart(length);
            long end = range.getRangeEnd(length);
            if (from < length && from <= end) {
                return new Part(from, end - from + 1, true);
            }
        } catch (IllegalArgumentException e) {
            // an end before the start, or nothing left: refused below
        }
        response.setHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + length);
        throw new RequestRefusedException(
                416,
                "range_not_satisfiable",
                "",
                "The file has %d bytes; the range %s lies outside.".formatted(length, range));
    }
}
