package dev.palimpsest.results;

import java.util.List;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;

public interface CheckpointRepository extends JpaRepository<CheckpointRow, UUID> {

    List<CheckpointRow> findByJobIdOrderByIdDesc(UUID jobId);

    List<CheckpointRow> findByJobIdAndStatusOrderByIdDesc(UUID jobId, CheckpointState status);
}
