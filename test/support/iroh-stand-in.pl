#!/usr/bin/perl
# Stands in for the iroh relay: answers on its port, and takes WebSockets.
use strict;
use warnings;
use IO::Socket::INET;

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1:3340', Listen => 16, ReuseAddr => 1)
  or die "cannot listen: $!";
while (my $client = $server->accept) {
  my $request = '';
  while (my $line = <$client>) {
    $request .= $line;
    last if $line eq "\r\n";
  }
  if ($request =~ /^upgrade: websocket\r$/mi && $request =~ /^connection: upgrade\r$/mi) {
    my ($key) = $request =~ /^sec-websocket-key: (\S+)\r$/mi;
    print $client "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
      'X-Key: ', $key // 'none', "\r\n\r\n";
  } elsif ($request =~ m{^GET /generate_204 }) {
    print $client "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
  } else {
    print $client "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\npong\n";
  }
  close $client;
}
