package dev.palimpsest.http;

import dev.palimpsest.settings.Fault;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;

/// Problems as answers.
public final class ProblemAnswers {

    private static final String RETRY_AFTER_SECONDS = "5";

    private ProblemAnswers() {}

    public static List<Fault> fault(String code, @Nullable String detail) {
        return List.of(new Fault(code, "", Objects.requireNonNullElse(detail, "")));
    }

    public static ServletWebRequest http(WebRequest request) {
        return (ServletWebRequest) request;
    }

    public static ResponseEntity<Object> later(String code, String detail, WebRequest request) {
        Problem problem = Problems.of(503, fault(code, detail), http(request));
        return ResponseEntity.status(problem.status())
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                .body(problem);
    }

    public static ResponseEntity<Object> answer(HttpStatusCode status, List<Fault> faults, WebRequest request) {
        return answer(Problems.of(status.value(), faults, http(request)));
    }

    public static ResponseEntity<Object> answer(Problem problem) {
        var answer = ResponseEntity.status(problem.status()).contentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (problem.status() == 429) {
            answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return answer.body(problem);
    }
}
