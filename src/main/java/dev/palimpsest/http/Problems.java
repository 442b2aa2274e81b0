package dev.palimpsest.http;

import dev.palimpsest.settings.Fault;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.web.context.request.ServletWebRequest;

/// Makes problems from faults.
public final class Problems {

    private static final String TYPE = "urn:palimpsest:problem:";

    private Problems() {}

    /// The faults of a request as one problem.
    ///
    /// @param faults at least one
    public static Problem of(int status, List<Fault> faults, ServletWebRequest request) {
        return of(status, faults, request.getRequest());
    }

    public static Problem of(int status, List<Fault> faults, HttpServletRequest request) {
        Fault first = faults.getFirst();
        boolean aboutRequest = status == 400 || status == 422;
        List<Problem.Entry> errors = aboutRequest
                ? faults.stream()
                        .map(fault -> new Problem.Entry(fault.code(), param(fault), fault.detail()))
                        .toList()
                : List.of();
        return new Problem(
                TYPE + first.code(),
                title(status, first.code(), faults.size()),
                status,
                first.code(),
                param(first),
                first.detail(),
                errors,
                null,
                null,
                instance(request),
                RequestIdFilter.of(request));
    }

    public static Problem withState(Problem problem, String currentStatus, List<String> allowedActions) {
        return new Problem(
                problem.type(),
                problem.title(),
                problem.status(),
                problem.code(),
                problem.param(),
                problem.detail(),
                problem.errors(),
                currentStatus,
                allowedActions,
                problem.instance(),
                problem.requestId());
    }

    /// A refusal of which only the status is known.
    static Problem ofStatus(int status, ServletWebRequest request) {
        return ofStatus(status, request.getRequest());
    }

    static Problem ofStatus(int status, HttpServletRequest request) {
        String asked = request.getMethod() + " " + instance(request);
        Fault fault = switch (status) {
            case 401 -> new Fault("not_authenticated", "", "The caller is not known.");
            case 403 -> new Fault("not_allowed", "", "This is not allowed.");
            case 404 -> new Fault("not_found", "", "There is nothing at %s.".formatted(instance(request)));
            case 405 -> new Fault("method_not_allowed", "", "%s is not possible.".formatted(asked));
            case 406 -> new Fault("not_acceptable", "", "%s has no answer of that type.".formatted(asked));
            case 413 -> new Fault("body_too_large", "", "The body is too large.");
            case 415 -> new Fault("unsupported_media_type", "", "%s does not take that type.".formatted(asked));
            case 416 -> new Fault("range_not_satisfiable", "", "The range lies outside the file.");
            case 503 -> new Fault("draining", "", "The service is stopping.");
            default ->
                status < 500
                        ? new Fault("invalid_parameter", "", "The request cannot be read.")
                        : new Fault(
                                "internal_error", "", "Something went wrong here; the request id finds it in the log.");
        };
        return of(status, List.of(fault), request);
    }

    private static String title(int status, String code, int faults) {
        return switch (status) {
            case 400, 422 -> faults == 1 ? "The request has a fault" : "The request has " + faults + " faults";
            case 404 -> "There is no such thing";
            case 409 ->
                switch (code) {
                    case "job_already_finished" -> "The job has already finished";
                    case "request_in_progress" -> "The same request is still at work";
                    case "name_taken" -> "The name is taken";
                    default -> "The state does not allow this";
                };
            case 500 -> "The service has failed";
            case 503 -> "The service cannot do this now";
            default ->
                code.substring(0, 1).toUpperCase(Locale.ROOT)
                        + code.substring(1).replace('_', ' ');
        };
    }

    private static @Nullable String param(Fault fault) {
        return fault.param().isEmpty() ? null : fault.param();
    }

    /// The path as the client sent it, also when the container asks for an error page.
    private static String instance(HttpServletRequest request) {
        Object original = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
        return original == null ? request.getRequestURI() : original.toString();
    }
}
