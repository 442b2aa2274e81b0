package dev.palimpsest.web;

import dev.palimpsest.checkpoints.Digests;
import dev.palimpsest.http.HttpLimits;
import dev.palimpsest.http.Idempotency;
import dev.palimpsest.http.JsonBodies;
import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.RequestRefusedException;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.springframework.core.io.InputStreamSource;
import org.springframework.web.multipart.MultipartException;
import tools.jackson.databind.JsonNode;

/// A multipart body of exactly two parts: a description in JSON, then the file.
///
/// @param file read from disk, where the container has put it
record UploadParts(JsonNode description, InputStreamSource file) {

    private static final String FILE = "file";

    /// @param name of the first part
    /// @throws RequestRefusedException if a part is missing, is one too many, or is no JSON
    /// @throws MultipartException if the client went away before it had sent everything
    static UploadParts of(HttpServletRequest request, String name, HttpLimits limits)
            throws IOException, ServletException {
        List<Part> parts = parts(request);
        List<String> names = parts.stream().map(Part::getName).toList();
        if (!names.equals(List.of(name, FILE))) {
            throw new RequestRefusedException(422, faults(names, name));
        }
        long most = limits.jsonSize().toBytes();
        if (parts.getFirst().getSize() > most) {
            throw new RequestRefusedException(
                    413,
                    "body_too_large",
                    name,
                    "The part '%s' has at most %d bytes (palimpsest.limits.json-size), got %d."
                            .formatted(name, most, parts.getFirst().getSize()));
        }
        try (InputStream in = parts.getFirst().getInputStream()) {
            return new UploadParts(JsonBodies.read(in.readAllBytes()), parts.getLast()::getInputStream);
        }
    }

    /// The container marks a request whose client went away as one that shows an error page, and the framework
    /// lets those pass without their parts.
    private static List<Part> parts(HttpServletRequest request) throws ServletException {
        try {
            return List.copyOf(request.getParts());
        } catch (IOException e) {
            throw new MultipartException("the upload was broken off", e);
        }
    }

    /// By which two uploads under one key are told apart; empty without a key, since it takes a pass over the
    /// file.
    String sha256(HttpServletRequest request) throws IOException {
        if (request.getHeader(Idempotency.HEADER) == null) {
            return "";
        }
        try (InputStream in = file.getInputStream()) {
            String sha256 =
                    Digests.copy(FILE, in, OutputStream.nullOutputStream()).sha256();
            return Idempotency.sha256((description + " " + sha256).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static List<Fault> faults(List<String> names, String name) {
        List<Fault> faults = new ArrayList<>();
        for (String needed : List.of(name, FILE)) {
            if (!names.contains(needed)) {
                faults.add(new Fault("missing_field", needed, "The upload needs the part '%s'.".formatted(needed)));
            }
        }
        for (String part : names) {
            if (!part.equals(name) && !part.equals(FILE)) {
                faults.add(new Fault(
                        "unknown_field",
                        part,
                        "An upload has the parts '%s' and 'file', no '%s'.".formatted(name, part)));
            }
        }
        if (faults.isEmpty()) {
            faults.add(new Fault(
                    "out_of_range", FILE, "An upload has exactly two parts: '%s', then 'file'.".formatted(name)));
        }
        return faults;
    }
}
