-- The previous version kept the review of an article when a user edited it, so that a changed text was exported as reviewed. Such articles
-- become drafts, as after an edit now. Reviewer and time stay: the page names them, and the part that was changed since.
update articles a set state = 'draft'
 where state = 'reviewed'
   and exists (select from parts p where p.article_id = a.id and p.current and p.created_at > a.reviewed_at);
