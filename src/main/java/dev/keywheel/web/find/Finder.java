package dev.keywheel.web.find;

import dev.keywheel.article.ArticleFilter;
import dev.keywheel.article.ArticleRow;
import dev.keywheel.article.Articles;
import dev.keywheel.article.RunRow;
import dev.keywheel.article.Runs;
import dev.keywheel.key.ApiKey;
import dev.keywheel.key.KeyFilter;
import dev.keywheel.key.KeyList;
import dev.keywheel.key.KeyOrder;
import dev.keywheel.people.Person;
import dev.keywheel.web.Digits;
import dev.keywheel.web.Url;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Looks everywhere in one workspace, for what the person may open: a statement for the keys, one
 * for the articles, and one for a run when a number is asked for.
 */
public final class Finder {
  /** Of each kind; then comes a way to the list with all of them. */
  private static final int SHOWN = 5;

  private final KeyList keys;
  private final Articles articles;
  private final Runs runs;

  public Finder(KeyList keys, Articles articles, Runs runs) {
    this.keys = keys;
    this.articles = articles;
    this.runs = runs;
  }

  Found find(Person who, Sought sought) {
    var kinds = new ArrayList<Found.Kind>();
    kinds.add(new Found.Kind("Pages", places(Place.PAGES, who, sought)));
    kinds.add(new Found.Kind("Actions", places(Place.ACTIONS, who, sought)));
    if (!sought.blank()) {
      UUID workspace = who.workspaceId();
      kinds.add(new Found.Kind("Runs", runs(workspace, sought)));
      kinds.add(new Found.Kind("Keys", keys(workspace, sought.text())));
      kinds.add(new Found.Kind("Articles", articles(workspace, sought.text())));
    }
    return new Found(sought.text(), kinds);
  }

  private static List<Hit> places(List<Place> places, Person who, Sought sought) {
    return places.stream()
        .filter(place -> place.access().admits(who.role()))
        .filter(place -> sought.in(place.label() + " " + place.words()))
        .map(Place::hit)
        .toList();
  }

  private List<Hit> runs(UUID workspace, Sought sought) {
    return sought.run().stream()
        .boxed()
        .flatMap(number -> runs.numbered(workspace, number).stream())
        .map(Finder::hit)
        .toList();
  }

  private List<Hit> keys(UUID workspace, String text) {
    var filter = new KeyFilter(text, null, null, null, null);
    var page =
        keys.page(workspace, filter, OptionalInt.empty(), KeyOrder.DEFAULT, "", false, SHOWN);
    var all = "All " + Digits.grouped(page.matching()) + " keys that match";
    return withMore(
        page.keys().stream().map(Finder::hit).toList(),
        page.matching() > SHOWN,
        new Hit(all, "", "keys", Url.of("/keys").with("q", text).toString()));
  }

  private List<Hit> articles(UUID workspace, String text) {
    var filter = new ArticleFilter(text, ArticleFilter.Which.ALL, null, false);
    var rows = articles.articles(workspace, filter, SHOWN + 1);
    return withMore(
        rows.stream().limit(SHOWN).map(Finder::hit).toList(),
        rows.size() > SHOWN,
        new Hit(
            "All articles that match",
            "",
            "articles",
            Url.of("/articles").with("q", text).toString()));
  }

  private static List<Hit> withMore(List<Hit> hits, boolean more, Hit all) {
    return more ? Stream.concat(hits.stream(), Stream.of(all)).toList() : hits;
  }

  private static Hit hit(ApiKey key) {
    var note = key.masked() + ", " + key.status().label().toLowerCase(Locale.ROOT);
    return new Hit(key.name(), note, "keys", "/keys/" + key.id());
  }

  private static Hit hit(ArticleRow article) {
    return new Hit(article.name(), article.word(), "articles", "/articles/" + article.id());
  }

  private static Hit hit(RunRow run) {
    var note = run.state().label() + ": " + run.topic();
    return new Hit("Run " + run.number(), note, "clock", "/runs/" + run.id());
  }
}
