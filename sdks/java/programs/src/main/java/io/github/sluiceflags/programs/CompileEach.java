package io.github.sluiceflags.programs;

import io.github.sluiceflags.internal.evaluation.JsonReader;
import io.github.sluiceflags.internal.evaluation.NotJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Compiles many versions of single files in one process, because a compiler takes longer to start than to compile: each line of standard input is
 * {@code {"name","text","into"}}, its first argument the folder of the other classes.
 */
public final class CompileEach {
  private CompileEach() {}

  /** Ends with exit code 1 at the first text that does not compile. */
  public static void main(String[] args) throws IOException, NotJson {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Map<?, ?> asked = (Map<?, ?>) JsonReader.parse(line);
      StringWriter said = new StringWriter();
      List<String> options = List.of("--release", "17", "-proc:none", "-cp", args[0], "-d", (String) asked.get("into"));
      if (!compiler.getTask(said, null, null, options, null, List.of(new Source(asked))).call()) {
        System.out.println(asked.get("into") + ": " + said);
        System.exit(1);
      }
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(Map<?, ?> asked) {
      super(URI.create("string:///" + asked.get("name")), JavaFileObject.Kind.SOURCE);
      text = (String) asked.get("text");
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
