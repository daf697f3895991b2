"""The clock of complaints about data, for the worker's reminders."""

from app.services.reminders import DAY_OVER, Running

DATA_COMPLAINTS_RUN = Running(
    noun="data_complaint",
    sql=f"select c.id as subject_id, {DAY_OVER.format('c.acknowledge_by')} as due_at from data_complaints c "
    "where c.state = 'received' and c.acknowledge_by is not null",
)
