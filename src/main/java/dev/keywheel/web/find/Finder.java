package dev.keywheel.web.find;

import dev.keywheel.article.view.ArticleFilter;
import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.article.view.RunService;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.KeyOrder;
import dev.keywheel.key.search.KeyPage;
import dev.keywheel.key.search.KeyPageQuery;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.RequiredRole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Searches one workspace for pages that the user may open. Sends one statement for keys (three if
 * the text may be rare), one for articles, and one for runs if the text is a number. Searches the
 * keys once more if the text begins with an action.
 */
public final class Finder {
  /** Maximum number of listed keys and of listed articles; a link leads to the full list. */
  private static final int SHOWN = 5;

  private final KeyList keys;
  private final ArticleService articles;
  private final RunService runs;

  public Finder(KeyList keys, ArticleService articles, RunService runs) {
    this.keys = keys;
    this.articles = articles;
    this.runs = runs;
  }

  SearchResults find(Principal who, SearchQuery searchQuery) {
    var kinds = new ArrayList<SearchResults.Kind>();
    kinds.add(new SearchResults.Kind("Pages", places(NavigationTarget.PAGES, who, searchQuery)));
    kinds.add(
        new SearchResults.Kind(
            "Actions",
            Stream.concat(
                    places(NavigationTarget.ACTIONS, who, searchQuery).stream(),
                    PageAction.matching(searchQuery))
                .toList()));
    if (!searchQuery.isBlank()) {
      UUID workspace = who.workspaceId();
      kinds.add(new SearchResults.Kind("Runs", runs(workspace, searchQuery)));
      KeyPage found = keys(workspace, searchQuery.text());
      kinds.add(new SearchResults.Kind("Keys", hits(found, searchQuery.text())));
      kinds.add(new SearchResults.Kind("Key actions", actions(who, searchQuery, found)));
      kinds.add(new SearchResults.Kind("Articles", articles(workspace, searchQuery.text())));
    }
    return new SearchResults(searchQuery.text(), kinds);
  }

  private static List<Hit> places(
      List<NavigationTarget> places, Principal who, SearchQuery searchQuery) {
    return places.stream()
        .filter(navigationTarget -> navigationTarget.access().admits(who))
        .filter(
            navigationTarget ->
                searchQuery.matches(navigationTarget.label() + " " + navigationTarget.keywords()))
        .map(NavigationTarget::hit)
        .toList();
  }

  private List<Hit> runs(UUID workspace, SearchQuery searchQuery) {
    return searchQuery.runNumber().stream()
        .boxed()
        .flatMap(number -> runs.numbered(workspace, number).stream())
        .map(Finder::hit)
        .toList();
  }

  private KeyPage keys(UUID workspace, String text) {
    var filter = new KeyFilter(text, null, null, null, null);
    var slice = new KeyPage.Slice(OptionalInt.empty(), "", false, SHOWN);
    return keys.page(workspace, filter, KeyOrder.DEFAULT, slice);
  }

  private static List<Hit> hits(KeyPage page, String text) {
    boolean counted = page.matching() != KeyPageQuery.NOT_COUNTED;
    return withMore(
        page.keys().stream().map(Finder::hit).toList(),
        page.after() != null,
        new Hit(
            page.partial() ? "Search more keys" : counted ? all(page) : "All keys that match",
            "",
            "keys",
            Url.of("/keys").with("q", text).toString()));
  }

  private static String all(KeyPage page) {
    return (page.matching() > KeyPageQuery.MAX_COUNTED ? "All of " : "All ")
        + NumberFormats.upTo(page.matching(), KeyPageQuery.MAX_COUNTED)
        + " keys that match";
  }

  /** Actions on the only key found, or on the keys whose names follow an action such as "test". */
  private List<Hit> actions(Principal who, SearchQuery searchQuery, KeyPage found) {
    if (!RequiredRole.OPERATOR.admits(who)) {
      return List.of();
    }
    var verb = KeyAction.named(searchQuery);
    if (verb.isPresent()) {
      var named = keys(who.workspaceId(), verb.get().rest(searchQuery));
      return verb.get().hits(named.keys()).toList();
    }
    return found.keys().size() == 1 && !found.partial()
        ? Arrays.stream(KeyAction.values()).flatMap(it -> it.hits(found.keys())).toList()
        : List.of();
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
