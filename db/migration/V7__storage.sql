-- A node that has no room to store anything takes nothing from the queue; the answers of other nodes say so.
alter table workers add column short_of_storage boolean not null default false;
