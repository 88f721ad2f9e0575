package dev.keywheel.article.view;

/**
 * The topic of an article, or of the article of a run.
 *
 * @param deleted whether the article is in the trash
 */
public record ArticleTopic(String text, boolean deleted) {}
