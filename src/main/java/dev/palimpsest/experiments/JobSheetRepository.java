package dev.palimpsest.experiments;

import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;

/// What jobs are about, by the id of the job; saved in the transaction that puts the job into the queue.
public interface JobSheetRepository extends JpaRepository<JobSheet, UUID> {}
