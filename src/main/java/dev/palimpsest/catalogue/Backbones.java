package dev.palimpsest.catalogue;

import dev.palimpsest.catalogue.RegisteredBackbone.Weights;
import dev.palimpsest.checkpoints.Digests;
import dev.palimpsest.checkpoints.FreeSpace;
import dev.palimpsest.model.BackboneNames;
import dev.palimpsest.model.InvalidWeightsException;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.settings.SettingsRefusedException;
import dev.palimpsest.torch.InvalidSafetensorsException;
import dev.palimpsest.torch.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.InputStreamSource;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

/// Registers weights, keeps them under their digest, verifies them.
@Service
public class Backbones {

    private static final Logger log = LoggerFactory.getLogger(Backbones.class);

    private final BackboneRepository backbones;
    private final DataRoots roots;
    private final BackgroundChecks checks;
    private final StorageSettings storage;
    private final TransactionTemplate transaction;
    private final Clock clock;

    Backbones(
            BackboneRepository backbones,
            DataRoots roots,
            BackgroundChecks checks,
            StorageSettings storage,
            TransactionTemplate transaction,
            Clock clock) {
        this.backbones = backbones;
        this.roots = roots;
        this.checks = checks;
        this.storage = storage;
        this.transaction = transaction;
        this.clock = clock;
    }

    public Optional<RegisteredBackbone> find(String id) {
        return backbones.findById(id);
    }

    /// In the order of the ids.
    ///
    /// @param after id of the last one seen, or empty
    public List<RegisteredBackbone> list(String after, int limit) {
        return backbones.findByIdGreaterThanOrderByIdAsc(after, Limit.of(limit));
    }

    public List<String> ids() {
        return backbones.findAll().stream().map(RegisteredBackbone::id).toList();
    }

    /// Registers a file of a data root, to be copied.
    ///
    /// @throws RequestRefusedException with every fault; nothing is registered then
    public Registration<RegisteredBackbone> register(JsonNode body, String owner) {
        BackboneRequest asked = read(body);
        String location = asked.location();
        if (location == null) {
            throw new RequestRefusedException(
                    422, "missing_field", "location", "The request needs 'location', or a file to upload.");
        }
        Path file = roots.resolve(location);
        Weights weights = weights(file, asked, "location");
        boolean known = backbones.existsById(asked.id());
        String digest = known || asked.sha256() != null ? digest(file) : null;
        if (digest != null) {
            requireDigest(asked.sha256(), digest);
        }
        return store(asked, weights, digest, owner);
    }

    /// Registers an uploaded file.
    ///
    /// @throws RequestRefusedException with every fault; nothing is registered then and no file left behind
    public Registration<RegisteredBackbone> register(JsonNode body, InputStreamSource file, String owner) {
        BackboneRequest asked = read(body);
        if (asked.location() != null) {
            throw new RequestRefusedException(
                    422, "unknown_field", "location", "An upload has no 'location': the file is its second part.");
        }
        try (StoredUpload upload = StoredUpload.receive(file, storage.backboneFolder(), storage.freeSpace())) {
            requireDigest(asked.sha256(), upload.sha256());
            Weights weights = weights(upload.file(), asked, "file");
            backbones
                    .findById(asked.id())
                    .filter(known -> !replaceable(known) && !same(known, asked, upload.sha256()))
                    .ifPresent(Backbones::taken);
            upload.keep(kept(upload.sha256()));
            return store(asked, weights, upload.sha256(), owner);
        }
    }

    private static BackboneRequest read(JsonNode body) {
        try {
            return SettingsBinder.read(body, BackboneRequest.class);
        } catch (SettingsRefusedException refused) {
            throw new RequestRefusedException(422, refused.faults());
        }
    }

    /// Reads the header, and then the values: every missing, left-over, mis-shaped or mis-typed tensor is a fault of
    /// its own, and so is one with a value that is not finite.
    private static Weights weights(Path file, BackboneRequest asked, String param) {
        if (!Files.isRegularFile(file)) {
            throw invalid(param, "The weights must be one safetensors file, got a folder.");
        }
        try (Safetensors tensors = Safetensors.open(file)) {
            Integer heads = asked.heads();
            VitShape own = BackboneNames.shape(tensors, 0);
            if (heads != null && own.width() % heads != 0) {
                throw new RequestRefusedException(
                        422,
                        "out_of_range",
                        "heads",
                        "heads must divide the width %d, got %d.".formatted(own.width(), heads));
            }
            VitShape shape = heads == null ? own : BackboneNames.shape(tensors, heads);
            BackboneNames.check(tensors, shape);
            BackboneNames.checkFinite(tensors, shape);
            long scalars = 0;
            for (String name : tensors.names()) {
                scalars += scalars(tensors.shape(name));
            }
            return new Weights(shape, scalars, Files.size(file));
        } catch (InvalidWeightsException faulty) {
            throw new RequestRefusedException(
                    422,
                    faulty.faults().stream()
                            .map(fault -> new Fault("invalid_weights", param, fault + "."))
                            .toList());
        } catch (InvalidSafetensorsException faulty) {
            String text = String.valueOf(faulty.getMessage()).replace(file.toString(), "the file");
            throw invalid(param, Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".");
        } catch (ArithmeticException | IllegalArgumentException impossible) {
            throw invalid(param, "The tensors make no Vision Transformer: " + impossible.getMessage() + ".");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at the weights file", e);
        }
    }

    private static RequestRefusedException invalid(String param, String detail) {
        return new RequestRefusedException(422, "invalid_weights", param, detail);
    }

    private static long scalars(long[] shape) {
        long product = 1;
        for (long size : shape) {
            product = Math.multiplyExact(product, size);
        }
        return product;
    }

    private static void requireDigest(@Nullable String asked, String found) {
        if (asked != null && !asked.equals(found)) {
            throw invalid("sha256", "The file has the digest %s, not %s.".formatted(found, asked));
        }
    }

    private static String digest(Path file) {
        try {
            return Digests.of(file).sha256();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the weights file", e);
        }
    }

    private Registration<RegisteredBackbone> store(
            BackboneRequest asked, Weights weights, @Nullable String digest, String owner) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            Optional<RegisteredBackbone> known = backbones.findLocked(asked.id());
            if (known.isPresent() && !replaceable(known.get())) {
                if (!same(known.get(), asked, digest)) {
                    taken(known.get());
                }
                return new Registration<>(known.get(), false);
            }
            RegisteredBackbone row = known.orElseGet(() -> new RegisteredBackbone(asked.id(), owner, clock.instant()));
            row.describe(asked, weights, digest);
            RegisteredBackbone stored = backbones.saveAndFlush(row);
            checks.ask(BackgroundChecks.BACKBONE, stored.id(), stored.checkNumber());
            return new Registration<>(stored, true);
        }));
    }

    private static boolean replaceable(RegisteredBackbone known) {
        return known.state() == BackboneState.CORRUPT || known.state() == BackboneState.MISSING;
    }

    private static void taken(RegisteredBackbone known) {
        throw new RequestRefusedException(
                409,
                "name_taken",
                "id",
                "Backbone '%s' is there with other content; a backbone never changes, choose another id."
                        .formatted(known.id()));
    }

    /// The same bytes read in the same way. Before they have been copied there may be no digest yet; then the
    /// same place counts.
    private static boolean same(RegisteredBackbone known, BackboneRequest asked, @Nullable String digest) {
        BackboneRequest before = known.request();
        boolean read = Objects.equals(before.heads(), asked.heads())
                && before.mean().equals(asked.mean())
                && before.std().equals(asked.std())
                && before.cropFraction() == asked.cropFraction()
                && before.inputProfile() == asked.inputProfile();
        boolean bytes = known.sha256().isPresent()
                ? known.sha256().get().equals(digest)
                : Objects.equals(before.location(), asked.location());
        return read && bytes;
    }

    private Path kept(String sha256) {
        return storage.backboneFolder().resolve(sha256 + ".safetensors");
    }

    /// Copies a file to its place under its digest and reads its header again. Does nothing if the row has
    /// moved on.
    ///
    /// @throws dev.palimpsest.checkpoints.StorageFullException if there is no room for the copy: the weights
    ///     stay `verifying`, and the scheduler asks again later
    /// @throws CancellationException if it was ended from outside; nothing is written then
    public void verify(String id, int number) {
        RegisteredBackbone row = backbones.findById(id).orElse(null);
        if (row == null || row.state() != BackboneState.VERIFYING || row.checkNumber() != number) {
            return;
        }
        Optional<String> digest = copy(row);
        transaction.executeWithoutResult(_ -> backbones
                .findLocked(id)
                .filter(now -> now.checkNumber() == number && now.state() == BackboneState.VERIFYING)
                .ifPresent(now -> digest.ifPresentOrElse(now::verified, () -> now.fail(BackboneState.CORRUPT))));
        log.info("Backbone {} was verified: {}", id, digest.isPresent() ? "ready" : "corrupt");
    }

    /// The digest under which the file is kept; empty if it is not what was registered.
    private Optional<String> copy(RegisteredBackbone row) {
        BackboneRequest asked = row.request();
        try {
            String location = asked.location();
            Path source = location == null ? kept(row.sha256().orElseThrow()) : roots.resolve(location);
            try (StoredUpload copy = StoredUpload.receive(
                    new FileSystemResource(source), storage.backboneFolder(), storage.freeSpace())) {
                weights(copy.file(), asked, "file");
                if (row.sha256().isPresent() && !row.sha256().get().equals(copy.sha256())) {
                    return Optional.empty();
                }
                copy.keep(kept(copy.sha256()));
                return Optional.of(copy.sha256());
            }
        } catch (RequestRefusedException | UncheckedIOException gone) {
            FailedCheck.requireOwn(gone);
            log.warn("Backbone {} cannot be kept: {}", row.id(), gone.getMessage());
            return Optional.empty();
        }
    }

    /// The weights file of a run.
    ///
    /// @param sha256 what the run was planned with
    /// @throws InputUnavailableException if it is gone or was cut short
    public Path file(String id, String sha256) {
        RegisteredBackbone row = backbones.findById(id).orElseThrow(() -> unavailable(id, "is not registered"));
        if (row.state() != BackboneState.READY || !row.sha256().equals(Optional.of(sha256))) {
            throw unavailable(id, "is " + row.state().wire() + " or has another content than the plan");
        }
        Path file = kept(sha256);
        try {
            if (Files.notExists(file)) {
                throw lost(id, BackboneState.MISSING);
            }
            if (Files.size(file) != row.sizeBytes()) {
                throw lost(id, BackboneState.CORRUPT);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at the weights of backbone " + id, e);
        }
    }

    private InputUnavailableException lost(String id, BackboneState why) {
        transaction.executeWithoutResult(_ -> backbones.findLocked(id).ifPresent(now -> now.fail(why)));
        return unavailable(id, "is " + why.wire());
    }

    private static InputUnavailableException unavailable(String id, String why) {
        return new InputUnavailableException(
                InputUnavailableException.Input.BACKBONE, "Backbone '" + id + "' " + why + ".");
    }

    /// Puts weights of the service's own in place, verified, before anybody asks for them, however little
    /// space is free: a service that is short of it still starts.
    void provide(BackboneRequest asked, InputStreamSource file) {
        try (StoredUpload copy = StoredUpload.receive(file, storage.backboneFolder(), new FreeSpace(0))) {
            RegisteredBackbone row = backbones
                    .findById(asked.id())
                    .orElseGet(() -> new RegisteredBackbone(asked.id(), "palimpsest", clock.instant()));
            boolean there = row.state() == BackboneState.READY && row.sha256().equals(Optional.of(copy.sha256()));
            if (there && Files.exists(kept(copy.sha256()))) {
                return;
            }
            Weights weights = weights(copy.file(), asked, "file");
            copy.keep(kept(copy.sha256()));
            row.fail(BackboneState.MISSING);
            row.describe(asked, weights, copy.sha256());
            row.verified(copy.sha256());
            backbones.saveAndFlush(row);
        } catch (DataIntegrityViolationException | OptimisticLockingFailureException _) {
            log.debug("Another node has put backbone {} in place", asked.id());
        }
    }
}
