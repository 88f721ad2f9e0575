-- A changed account can be undone: the history keeps whether the account before was typed or learnt.
alter table key_changes add column old_account_source text check (old_account_source in ('learnt', 'typed'));

alter table bulk_edits drop constraint bulk_edits_kind_check;
alter table bulk_edits add constraint bulk_edits_kind_check
  check (kind in ('enable', 'disable', 'delete', 'restore', 'account', 'account_back', 'tag', 'untag'));
