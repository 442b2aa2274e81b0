package dev.palimpsest.web;

import static dev.palimpsest.http.ProblemAnswers.answer;
import static dev.palimpsest.http.ProblemAnswers.fault;
import static dev.palimpsest.http.ProblemAnswers.http;
import static dev.palimpsest.http.ProblemAnswers.later;

import dev.palimpsest.catalogue.InputUnavailableException;
import dev.palimpsest.checkpoints.CheckpointCorruptException;
import dev.palimpsest.checkpoints.CheckpointMissingException;
import dev.palimpsest.checkpoints.CheckpointStorageException;
import dev.palimpsest.checkpoints.StorageFullException;
import dev.palimpsest.http.Problem;
import dev.palimpsest.http.Problems;
import dev.palimpsest.jobs.NoSuchJobException;
import dev.palimpsest.jobs.WrongStateException;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;

/// What jobs and checkpoints refuse, as problems; asked before everything else that may go wrong.
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class DomainProblems {

    private static final Logger log = LoggerFactory.getLogger(DomainProblems.class);

    @ExceptionHandler
    ResponseEntity<Object> unknown(NoSuchJobException unknown, WebRequest request) {
        return answer(HttpStatus.NOT_FOUND, fault("not_found", unknown.getMessage()), request);
    }

    @ExceptionHandler
    ResponseEntity<Object> wrongState(WrongStateException conflict, WebRequest request) {
        String code = conflict.alreadyFinished() ? "job_already_finished" : "wrong_state";
        Problem problem = Problems.of(409, fault(code, conflict.getMessage()), http(request));
        return answer(Problems.withState(problem, conflict.state().wire(), conflict.allowedActions()));
    }

    @ExceptionHandler({CheckpointCorruptException.class, CheckpointMissingException.class})
    ResponseEntity<Object> notReady(RuntimeException damaged, WebRequest request) {
        log.warn("A checkpoint was asked for that is not whole: {}", damaged.getMessage());
        return answer(
                HttpStatus.CONFLICT,
                fault("checkpoint_not_ready", "The checkpoint is damaged and is not served."),
                request);
    }

    @ExceptionHandler
    ResponseEntity<Object> gone(InputUnavailableException gone, WebRequest request) {
        String code = gone.input().name().toLowerCase(Locale.ROOT) + "_unavailable";
        return answer(HttpStatus.CONFLICT, fault(code, gone.getMessage()), request);
    }

    @ExceptionHandler
    ResponseEntity<Object> noStorage(CheckpointStorageException failure, WebRequest request) {
        log.warn("The storage does not answer", failure);
        return later("storage_unavailable", "The storage does not answer.", request);
    }

    @ExceptionHandler
    ResponseEntity<Object> noRoom(StorageFullException full, WebRequest request) {
        log.warn("Too little space is free: {}", full.getMessage());
        return later(
                "storage_unavailable",
                "The disk would have less free space than palimpsest.storage.min-free asks for; nothing new is stored.",
                request);
    }
}
