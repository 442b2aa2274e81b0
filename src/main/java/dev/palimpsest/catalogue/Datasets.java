package dev.palimpsest.catalogue;

import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.DatasetCheck;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.files.InvalidArchiveException;
import dev.palimpsest.files.ReadLimits;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.settings.SettingsRefusedException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.io.InputStreamSource;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Registers data sets, checks them in the background, opens them for runs.
///
/// What lies in a data root stays there and is only read; an upload is kept under its digest.
@Service
public class Datasets {

    private static final Logger log = LoggerFactory.getLogger(Datasets.class);
    private static final String KIND = "kind";

    private final DatasetRepository datasets;
    private final DataRoots roots;
    private final BackgroundChecks checks;
    private final StorageSettings storage;
    private final int decodeThreads;
    private final TransactionTemplate transaction;
    private final ReadLimits limits;
    private final Clock clock;

    Datasets(
            DatasetRepository datasets,
            DataRoots roots,
            BackgroundChecks checks,
            StorageSettings storage,
            @Value("${palimpsest.engine.decode-threads:2}") int decodeThreads,
            ReadSettings reading,
            TransactionTemplate transaction,
            Clock clock) {
        this.datasets = datasets;
        this.roots = roots;
        this.checks = checks;
        this.storage = storage;
        this.decodeThreads = decodeThreads;
        this.transaction = transaction;
        this.limits = reading.limits();
        this.clock = clock;
    }

    public Optional<RegisteredDataset> find(String id) {
        return datasets.findById(id);
    }

    /// In the order of the ids.
    ///
    /// @param after id of the last one seen, or empty
    public List<RegisteredDataset> list(String after, int limit) {
        return datasets.findByIdGreaterThanOrderByIdAsc(after, Limit.of(limit));
    }

    public List<String> ids() {
        return datasets.findAll().stream().map(RegisteredDataset::id).toList();
    }

    /// Registers what lies in a data root, or drawn pictures.
    ///
    /// @throws RequestRefusedException with every fault; nothing is registered then
    public Registration<RegisteredDataset> register(JsonNode body, String owner) {
        DatasetRequest asked = read(body);
        return switch (asked) {
            case DatasetRequest.Synthetic drawn -> {
                try (Dataset dataset = drawn.spec().open()) {
                    yield store(drawn, new Content(false, dataset.sha256(), null), owner);
                }
            }
            case DatasetRequest.Images images -> {
                String location = images.location();
                if (location == null) {
                    throw new RequestRefusedException(
                            422, "missing_field", "location", "The request needs 'location', or a file to upload.");
                }
                Path file = roots.resolve(location);
                yield store(images, look(images, file), owner);
            }
        };
    }

    /// Registers an uploaded zip.
    ///
    /// @throws RequestRefusedException with every fault; nothing is registered then and no file left behind
    public Registration<RegisteredDataset> register(JsonNode body, InputStreamSource file, String owner) {
        if (!(read(body) instanceof DatasetRequest.Images images)) {
            throw new RequestRefusedException(
                    422, "not_one_of", KIND, "kind must be images in an upload, got synthetic.");
        }
        if (images.location() != null) {
            throw new RequestRefusedException(
                    422, "unknown_field", "location", "An upload has no 'location': the file is its second part.");
        }
        try (StoredUpload upload = StoredUpload.receive(file, storage.datasetFolder(), storage.freeSpace())) {
            requireDigest(images.sha256(), upload.sha256());
            open(images.at(upload.file()), "file").close();
            requireSame(images, upload.sha256());
            upload.keep(uploaded(upload.sha256()));
            FileStamp stamp = FileStamp.of(uploaded(upload.sha256()));
            return store(images, new Content(true, upload.sha256(), stamp), owner);
        }
    }

    /// What a request names.
    ///
    /// @param sha256 null until it was needed: of a large folder it takes long
    private record Content(
            boolean uploaded,
            @Nullable String sha256,
            @Nullable FileStamp stamp) {}

    private static DatasetRequest read(JsonNode body) {
        JsonNode tree = body;
        if (body instanceof ObjectNode given && !given.has(KIND)) {
            tree = given.deepCopy().put(KIND, "images");
        }
        try {
            return SettingsBinder.read(tree, DatasetRequest.class);
        } catch (SettingsRefusedException refused) {
            throw new RequestRefusedException(422, refused.faults());
        }
    }

    private Content look(DatasetRequest.Images images, Path file) {
        FileStamp stamp = FileStamp.of(file);
        try (Dataset dataset = open(images.at(file), "location")) {
            boolean known = datasets.existsById(images.id());
            String digest = known || images.sha256() != null ? dataset.sha256() : null;
            if (digest != null) {
                requireDigest(images.sha256(), digest);
            }
            return new Content(false, digest, stamp);
        }
    }

    private Dataset open(DatasetSpec spec, String param) {
        try {
            return spec.open(limits);
        } catch (InvalidArchiveException invalid) {
            throw new RequestRefusedException(
                    422, "invalid_archive", param, FailedCheck.sentence(invalid.getMessage()));
        }
    }

    private static void requireDigest(@Nullable String asked, String found) {
        if (asked != null && !asked.equals(found)) {
            throw new RequestRefusedException(
                    422, "invalid_archive", "sha256", "The content has the digest %s, not %s.".formatted(found, asked));
        }
    }

    /// Refuses another content under a taken id before anything is written.
    private void requireSame(DatasetRequest asked, String sha256) {
        datasets.findById(asked.id())
                .filter(known -> known.state() != DatasetState.INVALID)
                .filter(known -> !same(known, asked, new Content(true, sha256, null)))
                .ifPresent(Datasets::taken);
    }

    private Registration<RegisteredDataset> store(DatasetRequest asked, Content content, String owner) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            Optional<RegisteredDataset> known = datasets.findLocked(asked.id());
            if (known.isPresent() && known.get().state() != DatasetState.INVALID) {
                if (!same(known.get(), asked, content)) {
                    taken(known.get());
                }
                return new Registration<>(known.get(), false);
            }
            RegisteredDataset row = known.orElseGet(() -> new RegisteredDataset(asked.id(), owner, clock.instant()));
            row.describe(asked, content.uploaded(), content.sha256(), content.stamp());
            RegisteredDataset stored = datasets.saveAndFlush(row);
            checks.ask(BackgroundChecks.DATASET, stored.id(), stored.checkNumber());
            return new Registration<>(stored, true);
        }));
    }

    private static void taken(RegisteredDataset known) {
        throw new RequestRefusedException(
                409,
                "name_taken",
                "id",
                "Data set '%s' is there with other content; a data set never changes, choose another id."
                        .formatted(known.id()));
    }

    /// The same pictures read in the same way. Before the first check has ended there may be no digest yet;
    /// then the same place and stamp count.
    private static boolean same(RegisteredDataset known, DatasetRequest asked, Content content) {
        DatasetRequest before = known.request();
        if (before instanceof DatasetRequest.Images old && asked instanceof DatasetRequest.Images now) {
            boolean read = old.layout() == now.layout()
                    && Objects.equals(old.testFraction(), now.testFraction())
                    && Objects.equals(old.splitSeed(), now.splitSeed());
            boolean bytes = known.sha256().isPresent()
                    ? known.sha256().get().equals(content.sha256())
                    : Objects.equals(old.location(), now.location())
                            && known.stamp().equals(Optional.ofNullable(content.stamp()));
            return read && bytes;
        }
        return before.kind().equals(asked.kind()) && known.sha256().equals(Optional.ofNullable(content.sha256()));
    }

    private Path uploaded(String sha256) {
        return storage.datasetFolder().resolve(sha256 + ".zip");
    }

    private DatasetSpec spec(RegisteredDataset row) {
        return switch (row.request()) {
            case DatasetRequest.Synthetic drawn -> drawn.spec();
            case DatasetRequest.Images images -> images.at(file(row, images));
        };
    }

    private Path file(RegisteredDataset row, DatasetRequest.Images images) {
        String location = images.location();
        if (row.uploaded() || location == null) {
            return uploaded(row.sha256().orElseThrow());
        }
        return roots.resolve(location);
    }

    private @Nullable FileStamp stamp(RegisteredDataset row) {
        return row.request() instanceof DatasetRequest.Images images ? FileStamp.of(file(row, images)) : null;
    }

    /// Decodes everything once and writes down what was found. Does nothing if the row has moved on.
    ///
    /// @param stop asked before each picture
    /// @throws CancellationException if the check was ended from outside; nothing is written then
    void check(String id, int number, BooleanSupplier stop) {
        RegisteredDataset row = datasets.findById(id).orElse(null);
        if (row == null || row.state() != DatasetState.CHECKING || row.checkNumber() != number) {
            return;
        }
        Checked checked = check(row, stop);
        transaction.executeWithoutResult(_ -> datasets.findLocked(id)
                .filter(now -> now.checkNumber() == number && now.state() == DatasetState.CHECKING)
                .ifPresent(now -> now.checked(checked.facts(), checked.sha256())));
        log.info("Data set {} was checked", id);
    }

    private record Checked(DatasetFacts facts, String sha256) {}

    private Checked check(RegisteredDataset row, BooleanSupplier stop) {
        try (Dataset dataset = spec(row).open(limits)) {
            String digest = dataset.sha256();
            DatasetCheck.Report report = DatasetCheck.run(dataset, decodeThreads, (_, _) -> {}, stop);
            if (row.sha256().isPresent() && !row.sha256().get().equals(digest)) {
                return new Checked(FailedCheck.changed(), digest);
            }
            return new Checked(DatasetFacts.of(dataset, report), digest);
        } catch (RuntimeException | Error failure) {
            return new Checked(FailedCheck.facts(failure, stop), row.sha256().orElse(""));
        }
    }

    /// Opens a data set for a run. If length or time of change of its file differ from what they were, its
    /// digest decides.
    ///
    /// @param sha256 what the run was planned with
    /// @throws InputUnavailableException if the content is gone or another
    public Dataset open(String id, String sha256) {
        RegisteredDataset row = datasets.findById(id).orElseThrow(() -> unavailable(id, "is not registered"));
        if (!row.sha256().equals(Optional.of(sha256))) {
            throw unavailable(id, "has another content than the plan");
        }
        try {
            FileStamp stamp = stamp(row);
            Dataset dataset = spec(row).open(limits);
            if (stamp == null || row.stamp().equals(Optional.of(stamp))) {
                return dataset;
            }
            if (dataset.sha256().equals(sha256)) {
                transaction.executeWithoutResult(_ -> datasets.findLocked(id).ifPresent(now -> now.seen(stamp)));
                return dataset;
            }
            dataset.close();
            throw lost(id, "has changed");
        } catch (RequestRefusedException | InvalidArchiveException | UncheckedIOException gone) {
            throw lost(id, "cannot be read: " + gone.getMessage());
        }
    }

    private InputUnavailableException lost(String id, String why) {
        transaction.executeWithoutResult(_ -> datasets.findLocked(id).ifPresent(RegisteredDataset::lose));
        return unavailable(id, why);
    }

    private static InputUnavailableException unavailable(String id, String why) {
        return new InputUnavailableException(
                InputUnavailableException.Input.DATASET, "Data set '" + id + "' " + why + ".");
    }

    /// Puts a data set of the service's own in place, checked, before anybody asks for it.
    void provide(DatasetRequest.Synthetic drawn) {
        if (datasets.existsById(drawn.id())) {
            return;
        }
        RegisteredDataset row = new RegisteredDataset(drawn.id(), "palimpsest", clock.instant());
        try (Dataset dataset = drawn.spec().open()) {
            row.describe(drawn, false, dataset.sha256(), null);
            var report = DatasetCheck.run(dataset, decodeThreads, (_, _) -> {}, () -> false);
            row.checked(DatasetFacts.of(dataset, report), dataset.sha256());
        }
        try {
            datasets.saveAndFlush(row);
        } catch (DataIntegrityViolationException _) {
            log.debug("Another node has put data set {} in place", drawn.id());
        }
    }
}
