package dev.palimpsest.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A refusal or a failure, RFC 9457. `code` is the contract, `detail` is for people.
///
/// @param param dotted path into the request, or a query parameter; empty for the whole
/// @param errors all faults of a request, the first of which stands on top
/// @param currentStatus of the thing that is in the wrong state
/// @param allowedActions what may be asked of it instead
public record Problem(
        String type,
        String title,
        int status,
        String code,
        @Nullable String param,
        String detail,
        List<Entry> errors,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String currentStatus,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> allowedActions,
        String instance,
        @Nullable String requestId) {

    /// One fault of a request.
    @Schema(name = "ProblemEntry")
    public record Entry(String code, @Nullable String param, String detail) {}
}
