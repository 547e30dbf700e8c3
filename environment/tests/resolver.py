"""A name server that knows no name, and prints each one that it is asked for."""

import socket

ADDRESS = '127.0.0.53', 53
NO_SUCH_NAME = bytes([0x81, 0x83])
"""The flags of an answer (RFC 1035, 4.1.1): a response, recursion desired and available, code 3."""


def name_of(question: bytes) -> str:
    """Return the name in a DNS message: after a header of 12 bytes, labels, each after its length (RFC 1035, 4.1.2)."""
    labels, position = [], 12
    while length := question[position]:
        labels.append(question[position + 1 : position + 1 + length].decode('ascii', 'replace'))
        position += 1 + length
    return '.'.join(labels).lower()


def main() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(ADDRESS)
        while True:
            question, client = server.recvfrom(4096)
            print('asked for', name_of(question), flush=True)
            server.sendto(question[:2] + NO_SUCH_NAME + question[4:], client)


if __name__ == '__main__':
    main()
