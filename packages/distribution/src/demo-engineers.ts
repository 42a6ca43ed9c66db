/** An invented person of the invented company. */
export interface Engineer {
  readonly name: string;
  readonly email: string;
}

/** Of somebody at the invented company; the top-level domain is nobody's (RFC 2606). */
export function addressOf(name: string): string {
  const ascii = name
    .toLowerCase()
    .replaceAll("ł", "l")
    .normalize("NFD")
    .replaceAll(/[\u0300-\u036f]/g, "");
  return `${ascii.replaceAll(" ", ".")}@plumbline.example`;
}

const engineer = (name: string): Engineer => ({ name, email: addressOf(name) });

/** Who writes the demo company's flags, by the team that owns them; the first of a team writes most. */
export const ENGINEERS: Readonly<Record<string, readonly [Engineer, ...Engineer[]]>> = {
  "team-site": [engineer("Dele Okafor"), engineer("Aoife Brennan"), engineer("Tobias Renner"), engineer("Mara Lindqvist")],
  "team-billing": [engineer("Katarzyna Zielińska"), engineer("Samuel Oduya"), engineer("Lena Fuchs")],
  "team-platform": [engineer("Rafael Monteiro"), engineer("Yuki Tanabe"), engineer("Henrik Dahl")],
  "team-safety": [engineer("Noor Haddad"), engineer("Piet van Dam")],
  "team-accounts": [engineer("Chiara Russo"), engineer("Emeka Obi")],
};

/** Keeps the repository: its first commit, its teams, its style. Commits that a visitor makes in it are in this name too. */
export const KEEPER: Engineer = engineer("Mara Lindqvist");
