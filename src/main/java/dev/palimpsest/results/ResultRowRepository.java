package dev.palimpsest.results;

import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.Stage;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;

interface ResultRowRepository extends JpaRepository<ResultRow, UUID> {

    List<ResultRow> findByJobIdAndDataOrderByAfterTask(UUID jobId, EvaluationData data);

    List<ResultRow> findByJobIdInAndDataAndStageAndMeasureOrderByAfterTask(
            Collection<UUID> jobIds, EvaluationData data, Stage stage, Measure measure);

    List<ResultRow> findByJobIdAndAfterTaskLessThanEqual(UUID jobId, int afterTask);

    Optional<ResultRow> findByJobIdAndAfterTaskAndStageAndDataAndMeasure(
            UUID jobId, int afterTask, Stage stage, EvaluationData data, Measure measure);
}
