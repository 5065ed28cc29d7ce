let last = 0;

/** The id of a new connection: unique in this process and above all before, whichever engine has the connection. */
export function nextConnectionId(): number {
  last += 1;
  return last;
}
