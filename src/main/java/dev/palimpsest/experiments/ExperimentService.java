package dev.palimpsest.experiments;

import dev.palimpsest.experiments.Plan.PlannedJob;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.NewJob;
import dev.palimpsest.jobs.WrongStateException;
import dev.palimpsest.results.RunRecorder;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.JsonNode;

/// Plans, creates, reads and cancels experiments.
@Service
public class ExperimentService {

    private static final Logger log = LoggerFactory.getLogger(ExperimentService.class);
    private static final int CHUNK = 100;

    private final PlanResolver resolver;
    private final ExperimentRepository experiments;
    private final JobSheetRepository sheets;
    private final JobQueue queue;
    private final JobRepository jobs;
    private final RunRecorder recorder;
    private final LimitSettings limits;
    private final Clock clock;

    ExperimentService(
            PlanResolver resolver,
            ExperimentRepository experiments,
            JobSheetRepository sheets,
            JobQueue queue,
            JobRepository jobs,
            RunRecorder recorder,
            LimitSettings limits,
            Clock clock) {
        this.resolver = resolver;
        this.experiments = experiments;
        this.sheets = sheets;
        this.queue = queue;
        this.jobs = jobs;
        this.recorder = recorder;
        this.limits = limits;
        this.clock = clock;
    }

    /// What create would do; stores nothing.
    ///
    /// @throws RequestRefusedException exactly as create
    @Transactional(readOnly = true)
    public Plan plan(JsonNode body) {
        return resolver.resolve(body);
    }

    /// Stores an experiment and puts one job a seed into the queue: all of it or nothing.
    ///
    /// @param mayHurry whether the caller may ask for a priority above 0
    /// @throws RequestRefusedException with every fault of the request
    @Transactional
    public ExperimentView create(JsonNode body, String owner, boolean mayHurry) {
        Plan plan = resolver.resolve(body);
        checkPriority(plan.request(), mayHurry);
        checkQueue(plan.jobs().size());
        Experiment experiment = experiments.save(new Experiment(Ids.next(), plan, owner, clock.instant()));
        List<PlannedJob> planned = plan.jobs();
        for (int ordinal = 0; ordinal < planned.size(); ordinal++) {
            submit(experiment, plan, ordinal, owner);
        }
        experiments.flush();
        log.info("Experiment {} has {} jobs", Ids.experiment(experiment.id()), planned.size());
        return view(experiment);
    }

    private static void checkPriority(ExperimentRequest request, boolean mayHurry) {
        if (request.priority() > 0 && !mayHurry) {
            throw new RequestRefusedException(
                    403, "not_allowed", "priority", "A priority above 0 needs the role admin.");
        }
    }

    private void checkQueue(int more) {
        List<JobState> unfinished = Arrays.stream(JobState.values())
                .filter(state -> !state.finished())
                .toList();
        long waiting = jobs.countByStateIn(unfinished);
        if (waiting + more > limits.unfinishedJobs()) {
            throw new RequestRefusedException(
                    429,
                    "queue_full",
                    "",
                    "The queue has %d unfinished jobs and takes at most %d (palimpsest.limits.unfinished-jobs)."
                            .formatted(waiting, limits.unfinishedJobs()));
        }
    }

    private void submit(Experiment experiment, Plan plan, int ordinal, String owner) {
        PlannedJob planned = plan.jobs().get(ordinal);
        ExperimentRequest one = plan.request().withSeed(planned.seed());
        var payload = new JobPayload(
                experiment.datasetId(),
                experiment.backboneId(),
                planned.work().plan(),
                one,
                planned.work().tasks());
        Job job = queue.submit(new NewJob(
                experiment.id(),
                ordinal,
                experiment.name() + " / seed " + planned.seed(),
                owner,
                one.device().name().toLowerCase(Locale.ROOT),
                one.priority(),
                planned.seed(),
                one.precision().wire(),
                planned.fingerprint(),
                payload.toJson(),
                one.limits().maxFailures(),
                one.limits().maxSeconds()));
        sheets.save(new JobSheet(
                job.id(),
                experiment.methodName(),
                experiment.datasetId(),
                experiment.backboneId(),
                plan.scenario(),
                Map.of(),
                plan.warnings(),
                experiment.metadata()));
        recorder.plan(job.id(), planned.work().tasks());
    }

    @Transactional(readOnly = true)
    public Optional<ExperimentView> find(UUID id) {
        return experiments.findById(id).map(this::view);
    }

    /// One page, newest first unless `ascending`.
    ///
    /// @param after id of the last one seen, or null
    @Transactional(readOnly = true)
    public List<ExperimentView> list(ExperimentFilter filter, @Nullable UUID after, boolean ascending, int limit) {
        List<ExperimentView> page = new ArrayList<>();
        UUID seen = after;
        while (true) {
            List<Experiment> rows = Rows.page(experiments, filter.rows(), seen, ascending, CHUNK);
            for (ExperimentView view : views(rows)) {
                if (filter.shows(view) && page.size() < limit) {
                    page.add(view);
                }
            }
            if (page.size() == limit || rows.size() < CHUNK) {
                return page;
            }
            seen = rows.getLast().id();
        }
    }

    /// Asks for the end of every unfinished job. A job that ends by itself meanwhile stays as it is.
    public Optional<ExperimentView> cancel(UUID id) {
        for (JobLine job : experiments.findJobs(List.of(id))) {
            if (!job.state().finished()) {
                try {
                    queue.cancel(job.id());
                } catch (WrongStateException finished) {
                    log.debug("Job {} has finished before it could be cancelled", Ids.job(job.id()), finished);
                }
            }
        }
        return experiments.findById(id).map(this::view);
    }

    private ExperimentView view(Experiment experiment) {
        return new ExperimentView(experiment, experiments.findJobs(List.of(experiment.id())));
    }

    private List<ExperimentView> views(List<Experiment> rows) {
        List<JobLine> lines =
                experiments.findJobs(rows.stream().map(Experiment::id).toList());
        return rows.stream()
                .map(row -> new ExperimentView(
                        row,
                        lines.stream()
                                .filter(line -> line.experimentId().equals(row.id()))
                                .toList()))
                .toList();
    }
}
