package dev.palimpsest.http;

import static dev.palimpsest.http.ProblemAnswers.answer;
import static dev.palimpsest.http.ProblemAnswers.fault;
import static dev.palimpsest.http.ProblemAnswers.http;
import static dev.palimpsest.http.ProblemAnswers.later;

import dev.palimpsest.postgres.DatabaseTrouble;
import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.settings.SettingsRefusedException;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.multipart.support.MissingServletRequestPartException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;

/// Every refusal and failure as one problem. What a client cannot act upon stays in the log, found by the
/// request id.
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
class ApiProblems extends ResponseEntityExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ApiProblems.class);

    private final long uploadBytes;

    ApiProblems(HttpLimits limits) {
        this.uploadBytes = limits.uploadSize().toBytes();
    }

    @ExceptionHandler
    ResponseEntity<Object> refused(RequestRefusedException refusal, WebRequest request) {
        return answer(HttpStatusCode.valueOf(refusal.status()), refusal.faults(), request);
    }

    @ExceptionHandler
    ResponseEntity<Object> refused(SettingsRefusedException refusal, WebRequest request) {
        return answer(HttpStatus.UNPROCESSABLE_CONTENT, refusal.faults(), request);
    }

    @ExceptionHandler({
        CannotCreateTransactionException.class,
        DataAccessResourceFailureException.class,
        QueryTimeoutException.class
    })
    ResponseEntity<Object> noDatabase(RuntimeException failure, WebRequest request) {
        DatabaseTrouble trouble = DatabaseTrouble.of(failure).orElse(DatabaseTrouble.AWAY);
        log.warn("{} {}", trouble.sentence(), failure.toString());
        return later(
                switch (trouble) {
                    case AWAY -> "database_unavailable";
                    case FULL -> "storage_unavailable";
                },
                trouble.sentence(),
                request);
    }

    @ExceptionHandler
    ResponseEntity<Object> ended(CancellationException ended, WebRequest request) {
        log.info("{} was ended from outside", request.getDescription(false));
        return later("draining", "The service is stopping.", request);
    }

    @ExceptionHandler
    ResponseEntity<Object> brokenUpload(MultipartException broken, WebRequest request) {
        return answer(
                HttpStatus.BAD_REQUEST, fault("invalid_parameter", "The multipart body is not complete."), request);
    }

    @ExceptionHandler
    ResponseEntity<Object> unexpected(Exception failure, WebRequest request) {
        if (failure instanceof RuntimeException broken
                && DatabaseTrouble.of(broken).isPresent()) {
            return noDatabase(broken, request);
        }
        log.error("{} failed", request.getDescription(false), failure);
        return answer(
                HttpStatus.INTERNAL_SERVER_ERROR,
                fault("internal_error", "Something went wrong here; the request id finds it in the log."),
                request);
    }

    @Override
    protected ResponseEntity<Object> handleMaxUploadSizeExceededException(
            MaxUploadSizeExceededException tooLarge, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return answer(
                HttpStatus.CONTENT_TOO_LARGE,
                fault(
                        "body_too_large",
                        "An upload may have %d bytes (palimpsest.limits.upload-size).".formatted(uploadBytes)),
                request);
    }

    @Override
    protected ResponseEntity<Object> handleHttpMessageNotReadable(
            HttpMessageNotReadableException unread, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        for (Throwable cause = unread; cause != null; cause = cause.getCause()) {
            if (cause instanceof BodyTooLargeException tooLarge) {
                return answer(HttpStatus.CONTENT_TOO_LARGE, fault("body_too_large", tooLarge.getMessage()), request);
            }
        }
        if (unread.getCause() instanceof DatabindException refused) {
            return answer(HttpStatus.UNPROCESSABLE_CONTENT, List.of(BodyFaults.of(refused)), request);
        }
        String where = unread.getCause() instanceof JacksonException broken ? BodyFaults.place(broken) : "";
        return answer(
                HttpStatus.BAD_REQUEST,
                fault("malformed_json", "The body is not one JSON value" + where + "."),
                request);
    }

    @Override
    protected ResponseEntity<Object> handleTypeMismatch(
            TypeMismatchException mismatch, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        String name = mismatch instanceof MethodArgumentTypeMismatchException argument ? argument.getName() : "";
        Class<?> type = mismatch.getRequiredType();
        String detail = "%s must be %s, got '%s'."
                .formatted(name, type == null ? "of another type" : "a " + kind(type), mismatch.getValue());
        return answer(HttpStatus.BAD_REQUEST, List.of(new Fault("invalid_parameter", name, detail)), request);
    }

    @Override
    protected ResponseEntity<Object> handleMissingServletRequestParameter(
            MissingServletRequestParameterException missing,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        String name = missing.getParameterName();
        return answer(
                HttpStatus.BAD_REQUEST,
                List.of(new Fault("invalid_parameter", name, "The parameter '%s' is needed.".formatted(name))),
                request);
    }

    @Override
    protected ResponseEntity<Object> handleMissingServletRequestPart(
            MissingServletRequestPartException missing,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        String name = missing.getRequestPartName();
        return answer(
                HttpStatus.UNPROCESSABLE_CONTENT,
                List.of(new Fault("missing_field", name, "The part '%s' is needed.".formatted(name))),
                request);
    }

    /// Everything else that the framework refuses before or after a handler.
    @Override
    protected ResponseEntity<Object> handleExceptionInternal(
            Exception failure, @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        if (status.is5xxServerError()) {
            return unexpected(failure, request);
        }
        Problem problem = Problems.ofStatus(status.value(), http(request));
        return ResponseEntity.status(status)
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(problem);
    }

    private static String kind(Class<?> type) {
        boolean whole = type == int.class || type == long.class || type == Integer.class || type == Long.class;
        return whole ? "whole number" : type == boolean.class ? "boolean, true or false" : type.getSimpleName();
    }
}
