package dev.palimpsest.results;

import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;

public interface TaskRowRepository extends JpaRepository<TaskRow, UUID> {

    List<TaskRow> findByJobIdOrderByTask(UUID jobId);

    List<TaskRow> findByJobIdInOrderByTask(Collection<UUID> jobIds);
}
