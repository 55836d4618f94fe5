{ local ($@, $?); eval { system('sh', '-c', '{script}', 'sh', @ARGV) }; }
