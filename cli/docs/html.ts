/** A text that means in HTML what it says. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** The place of a model in the page. */
export function anchorOf(model: string): string {
  return model.replaceAll(".", "-");
}
