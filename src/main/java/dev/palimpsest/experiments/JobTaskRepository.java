package dev.palimpsest.experiments;

import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;

interface JobTaskRepository extends JpaRepository<JobTask, UUID> {

    List<JobTask> findByJobIdOrderByTask(UUID jobId);

    List<JobTask> findByJobIdInOrderByTask(Collection<UUID> jobIds);
}
